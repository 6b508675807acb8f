// Conditional requests: what was read once is asked for by its ETag, and an answer 304 costs nothing of the rate limit.

/** Where answers are kept by address; a `Map` will do, so will a file. Losing an entry only costs a request. */
export interface AnswerCache {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** An answer as it is kept. */
export interface KeptAnswer {
  readonly etag: string;
  /** After redirects. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

function isKept(value: unknown): value is KeptAnswer {
  return (
    typeof value === "object" &&
    value !== null &&
    "etag" in value &&
    typeof value.etag === "string" &&
    "headers" in value &&
    "data" in value
  );
}

/** What is kept under a key; a damaged entry is none. */
export function kept(cache: AnswerCache, key: string): KeptAnswer | undefined {
  const text = cache.get(key);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isKept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an answer that has an ETag; only what later readers need of its headers. */
export function keep(
  cache: AnswerCache,
  key: string,
  headers: Readonly<Record<string, string | number | undefined>>,
  url: string,
  data: unknown,
): void {
  const { etag, link } = headers;
  if (typeof etag !== "string") return;
  cache.set(key, JSON.stringify({ etag, url, headers: link === undefined ? {} : { link }, data }));
}
