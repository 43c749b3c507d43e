// Sound that a browser can read, as telephone sound: 8 kHz, mono, 16 bit.
export const RATE = 8000;

export async function telephone(sound: ArrayBuffer): Promise<ArrayBuffer> {
  const context = new OfflineAudioContext(1, 1, RATE);
  const read = await context.decodeAudioData(sound); // at the context's rate
  const mono = new Float32Array(read.length);
  for (let channel = 0; channel < read.numberOfChannels; channel++) {
    read.getChannelData(channel).forEach((sample, at) => (mono[at] = (mono[at] ?? 0) + sample / read.numberOfChannels));
  }
  return wav(mono);
}

/** A WAV file of samples from -1 to 1. */
export function wav(samples: Float32Array): ArrayBuffer {
  const made = new ArrayBuffer(44 + 2 * samples.length);
  const view = new DataView(made);
  const word = (at: number, text: string): void => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, at) => view.setInt16(44 + 2 * at, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true));
  return made;
}
