// Both ends of hands-free talking on the audio thread: the microphone at 16 kHz, and the voice as it arrives.

const MICROPHONE_HZ = 16000;
const BLOCK = 512; // samples a message up: 32 ms
const HALF_WIDTH = 12; // zero crossings of the low-pass on either side
const PHASES = 160; // 44.1 kHz to 16 kHz is 441 to 160, so every place between two samples is one of these
const LEAD_S = 0.06; // of voice that lies ready before it begins to sound
const LEAD_WAIT_S = 0.1; // after which less will do
const REPORT_S = 0.05;

// The microphone at whatever rate the machine has, low-passed (a Hann-windowed sinc) and resampled.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / MICROPHONE_HZ;
    this.cutoff = Math.min(1, 1 / this.step);
    this.half = Math.ceil(HALF_WIDTH / this.cutoff);
    this.kernels = new Array(PHASES);
    this.kept = new Float32Array(2 * this.half); // what came before
    this.at = 0; // place of the next sample, from the beginning of `kept`
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
  }

  kernel(phase) {
    if (this.kernels[phase]) return this.kernels[phase];
    const taps = new Float32Array(2 * this.half);
    for (let tap = 0; tap < taps.length; tap += 1) {
      const x = tap - this.half + 1 - phase / PHASES;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * this.cutoff) / (Math.PI * x * this.cutoff);
      taps[tap] = Math.abs(x) < this.half ? this.cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / this.half)) : 0;
    }
    const sum = taps.reduce((total, tap) => total + tap, 0);
    this.kernels[phase] = taps.map((tap) => tap / sum);
    return this.kernels[phase];
  }

  process([input]) {
    if (!input[0]) return true;
    const heard = new Float32Array(this.kept.length + input[0].length);
    heard.set(this.kept);
    heard.set(input[0], this.kept.length);
    while (this.at + 2 * this.half < heard.length) {
      const whole = Math.floor(this.at);
      const taps = this.kernel(Math.floor((this.at - whole) * PHASES + 1e-6) % PHASES);
      let sample = 0;
      for (let tap = 0; tap < taps.length; tap += 1) sample += taps[tap] * heard[whole + tap];
      this.take(sample);
      this.at += this.step;
    }
    const used = Math.floor(this.at);
    this.kept = heard.slice(used);
    this.at -= used;
    return true;
  }

  take(sample) {
    this.block[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
    this.filled += 1;
    if (this.filled < BLOCK) return;
    this.port.postMessage(this.block.buffer, [this.block.buffer]);
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
  }
}

// The voice: frames in their order, silence where none is there, and an end in the middle of a word when told so.
class Voice extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frames = []; // {sequence, first, samples}
    this.offset = 0; // in the first of them
    this.queued = 0; // samples
    this.played = 0; // place in the whole talk
    this.reported = 0;
    this.reportAt = 0;
    this.sounding = false;
    this.since = 0; // when the first frame came that does not sound yet
    this.last = 0; // the sample that sounded last: it fades, so that a cut does not click
    this.port.onmessage = ({ data }) => (data.silence === undefined ? this.add(data) : this.drop(data.silence));
  }

  add(frame) {
    if (!this.frames.length && !this.sounding) this.since = currentTime;
    this.frames.push(frame);
    this.queued += frame.samples.length;
  }

  drop(sequence) {
    this.frames = this.frames.filter((frame) => frame.sequence >= sequence);
    this.offset = 0;
    this.queued = this.frames.reduce((total, frame) => total + frame.samples.length, 0);
    this.sounding = false;
    this.port.postMessage({ silenced: sequence, played: this.played });
  }

  next() {
    const frame = this.frames[0];
    const sample = frame.samples[this.offset] / 32768;
    this.offset += 1;
    this.queued -= 1;
    this.played = frame.first + this.offset;
    if (this.offset === frame.samples.length) {
      this.frames.shift();
      this.offset = 0;
    }
    return sample;
  }

  process(_, [output]) {
    const enough = this.queued >= LEAD_S * sampleRate || currentTime - this.since >= LEAD_WAIT_S;
    if (!this.sounding && this.frames.length && enough) this.sounding = true;
    for (let at = 0; at < output[0].length; at += 1) {
      if (this.sounding && !this.frames.length) this.sounding = false;
      this.last = this.sounding ? this.next() : this.last * 0.98;
      output[0][at] = this.last;
    }
    if (this.played !== this.reported && currentTime >= this.reportAt) {
      this.reported = this.played;
      this.reportAt = currentTime + REPORT_S;
      this.port.postMessage({ played: this.played });
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("voice", Voice);
