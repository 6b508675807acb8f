// Pagination as GitHub does it: at most 100 a page, the way to the others in the Link header.
import type { Answer } from "./answer.ts";

const LARGEST_PAGE = 100;
const USUAL_PAGE = 30;

/** The asked page of an answer that is a list, with its header. `url` is that of the request. */
export function paged(
  answer: Answer,
  url: URL,
): { readonly body: unknown; readonly headers: Readonly<Record<string, string>> } {
  const { pages } = answer;
  if (pages === undefined) return { body: answer.body, headers: {} };
  const asked = Number(url.searchParams.get("per_page") ?? USUAL_PAGE);
  const size = Math.min(Math.max(1, asked), LARGEST_PAGE);
  const page = Math.max(1, Number(url.searchParams.get("page") ?? 1));
  const last = Math.max(1, Math.ceil(pages.count / size));
  const to = (number: number, rel: string): string => {
    const target = new URL(url);
    target.searchParams.set("page", String(number));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(page - 1, "prev"), to(1, "first")] : []),
    ...(page < last ? [to(page + 1, "next"), to(last, "last")] : []),
  ];
  return {
    body: pages.wrap(pages.draw((page - 1) * size, page * size)),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}
