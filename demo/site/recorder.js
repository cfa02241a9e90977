// Writes down every answer that scripts on this page get, byte for byte, before anything else runs.
// The request goes on untouched; a copy of the answer is read beside it.
{
  const passOn = window.fetch;
  const records = [];
  let changed;

  async function copy(answer, record) {
    try {
      const response = (await answer).clone();
      const bytes = await response.arrayBuffer();
      Object.assign(record, {
        status: response.status,
        bytes: bytes.byteLength,
        text: new TextDecoder().decode(bytes),
      });
    } catch (error) {
      Object.assign(record, { status: 0, text: error.name });
    }
  }

  window.browserRecords = {
    all: records,
    onChange(listener) {
      changed = listener;
    },
  };

  window.fetch = async function (input, init) {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    const answer = passOn.call(window, input, init);
    if (url.pathname.startsWith('/demo/')) return answer;
    const record = {
      at: Date.now(),
      method,
      url: url.href,
      sent: init?.body ?? '',
      status: null,
      bytes: 0,
      text: '',
    };
    records.push(record);
    changed?.();
    void copy(answer, record).finally(() => changed?.());
    return answer;
  };
}
