/** Answers with a text that whoever looks at them last need not read back, which costs a stream. */
const texts = new WeakMap<Response, string>();

/** An answer that says `text`. */
export function written(text: string, init: ResponseInit): Response {
  const response = new Response(text, init);
  texts.set(response, text);
  return response;
}

/** An answer that says `value` as JSON. */
export function writtenJson(value: unknown, status: number, headers: Record<string, string> = {}): Response {
  return written(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** What an answer says, whoever made it. The answer can still be sent. */
export async function textOf(response: Response): Promise<string> {
  return texts.get(response) ?? (response.body === null ? '' : response.clone().text());
}
