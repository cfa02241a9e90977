// Writes down every answer that scripts on this page get, byte for byte. The first module of the page, so
// that it is in place before the widget's. Requests go on untouched; answers are handed on when they are whole.

const passOn = window.fetch;
let changed;

/** `{ at, method, url, sent, status, bytes, text }`; status null while there is no answer, 0 where none came. */
export const records = [];

/** Calls `listener` whenever a record is new or complete. */
export function onRecord(listener) {
  changed = listener;
}

/** Reads the whole answer, notes it, and makes one of the same bytes for the caller. */
async function noted(answer, record) {
  try {
    const response = await answer;
    const bytes = await response.arrayBuffer();
    const text = new TextDecoder().decode(bytes);
    Object.assign(record, { status: response.status, bytes: bytes.byteLength, text });
    return new Response(bytes.byteLength === 0 ? null : bytes, response);
  } catch (error) {
    Object.assign(record, { status: 0, text: error.name });
    throw error;
  } finally {
    changed?.();
  }
}

window.fetch = async function (input, init) {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const answer = passOn.call(window, input, init);
  if (url.pathname.startsWith('/demo/')) return answer;
  const sent = typeof init?.body === 'string' ? init.body : '';
  const record = { at: Date.now(), method, url: url.href, sent, status: null, bytes: 0, text: '' };
  records.push(record);
  changed?.();
  return noted(answer, record);
};
