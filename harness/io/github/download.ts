// Artifacts: the API redirects to a storage of another host, which gets no token; what is too large is never held in memory.
import { unlessGone } from "./client.ts";
import { inRepository, refuse, type Scope } from "./scope.ts";

const ANSWER_MS = 120_000;
const ATTEMPTS = 3;

/** The body, as long as it is within the limit. */
async function bounded(response: Response, limit: number, name: string): Promise<Uint8Array> {
  const tooLarge = (found: string): Error =>
    refuse(`${name}: ${found} are more than the ${limit} bytes that are allowed`, "make the bundle smaller");
  const declared = Number(response.headers.get("content-length") ?? "0");
  if (declared > limit) {
    await response.body?.cancel();
    throw tooLarge(`${declared} bytes`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > limit) throw tooLarge(`at least ${bytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The zip archive of an artifact; null when it has expired. */
export async function download(
  scope: Scope,
  baseUrl: string,
  artifact: number,
  limit: number,
): Promise<Uint8Array | null> {
  const name = `artifact ${artifact}`;
  for (let attempt = 1; ; attempt += 1) {
    const redirect = await unlessGone(
      scope.octokit.rest.actions.downloadArtifact({
        ...inRepository(scope),
        artifact_id: artifact,
        archive_format: "zip",
        request: { redirect: "manual" },
      }),
      null,
    );
    if (redirect === null) return null;
    const location = redirect.headers.location ?? "";
    // Whoever can answer for GitHub could name any address: only the API's own protocol is followed, and once.
    if (!URL.canParse(location) || new URL(location).protocol !== new URL(baseUrl).protocol)
      throw refuse(`${name}: GitHub gives no place to load it from`, "run it again later");
    const response = await fetch(location, { redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) }).catch(
      () => null,
    );
    if (response?.ok === true) return bounded(response, limit, name);
    await response?.body?.cancel();
    if (response?.status === 404 || response?.status === 410) return null;
    if (attempt >= ATTEMPTS)
      throw refuse(
        `${name}: the storage gives ${response === null ? "no answer" : `status ${response.status}`}`,
        "run it again later",
      );
    await scope.clock.sleep(attempt * 1000);
  }
}
