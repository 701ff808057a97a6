// The socket of hands-free talking: it comes back by itself, with growing pauses, and goes on where it was.

const PAUSES_MS = [300, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000, 8000, 8000];
const STEADY_MS = 5000; // a connection that lasted this long was a good one
const HEADER_BYTES = 8;
// Codes with which the server ends the talk for good; any other means that the connection was lost.
const FINAL = { 1000: "off", 1003: "ended", 1007: "ended", 1008: "ended", 1009: "ended", 4000: "taken_over", 4001: "full",
  4002: "ended" };

/**
 * Connect. `hello()` gives what the server is to know of this page. `on` is told: open(), event(object),
 * frame(sequence, first, samples), silence(sequence), lost(), over(end of a key of [talk]).
 */
export function openSocket(hello, on) {
  let socket = null;
  let attempt = 0;
  let timer = null;
  let received = 0; // sequence of the last frame
  let played = 0;
  let closed = false;

  function connect() {
    const address = new URL("/antigone/voice", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    const mine = socket;
    let steady = null;
    mine.onopen = () => {
      send({ event: "hello", ...hello(), sequence: received, played });
      steady = setTimeout(() => { attempt = 0; }, STEADY_MS);
      on.open();
    };
    mine.onmessage = ({ data }) => (typeof data === "string" ? take(JSON.parse(data)) : frame(data));
    mine.onclose = ({ code }) => {
      clearTimeout(steady);
      if (mine === socket && !closed) ended(code);
    };
  }

  function take(event) {
    if (event.event === "silence") on.silence(event.sequence);
    else on.event(event);
  }

  function frame(data) {
    const view = new DataView(data);
    received = view.getUint32(0, true);
    on.frame(received, view.getUint32(4, true), new Int16Array(data.slice(HEADER_BYTES)));
  }

  function ended(code) {
    if (code in FINAL) {
      closed = true;
      return on.over(FINAL[code]);
    }
    if (attempt >= PAUSES_MS.length) {
      closed = true;
      return on.over("given_up");
    }
    on.lost();
    timer = setTimeout(connect, PAUSES_MS[attempt]);
    attempt += 1;
  }

  function send(message) {
    if (socket.readyState === WebSocket.OPEN) socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
  }

  connect();
  return {
    /** Send an object or a buffer of sound; what cannot be sent now is not kept. */
    send,
    /** Tell how far the voice was played. */
    played(samples) {
      played = samples;
      send({ event: "played", played });
    },
    /** Tell that all before this frame will not sound. */
    silenced(sequence, samples) {
      played = samples;
      send({ event: "silenced", sequence, played });
    },
    /** End the talk. */
    close() {
      closed = true;
      clearTimeout(timer);
      send({ event: "bye" });
      socket.close(1000);
    },
  };
}
