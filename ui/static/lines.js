// A reply that comes line by line, each line a JSON object, while the program still works on the rest.

/** Hand each line to `onLine`; what went wrong by the program's own words, or "". Throws when fetching was cancelled. */
export async function eachLine(reply, onLine) {
  const lines = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await lines.read();
    if (done) return "";
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) {
      const told = JSON.parse(line);
      if (told.failed) return told.failed;
      onLine(told);
    }
  }
}
