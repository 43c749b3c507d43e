// Laid under every page before its own scripts: what a telephone in it hears and says is kept as it is on the wire
// (G.711 payloads with their time), and its microphone is what the test plays.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const heard = (window.__heard = []);
  const said = (window.__said = []);
  const done = new WeakSet();
  const tap = (end, into) => {
    if (done.has(end)) return; // a re-INVITE fires `track` again
    done.add(end);
    const { readable, writable } = end.createEncodedStreams();
    const look = new TransformStream({
      transform(frame, controller) {
        let text = "";
        for (const byte of new Uint8Array(frame.data)) text += String.fromCharCode(byte);
        into.push([now(), frame.getMetadata().payloadType, btoa(text)]);
        controller.enqueue(frame);
      },
    });
    readable.pipeThrough(look).pipeTo(writable).catch(() => {});
  };
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(given) {
      super({ ...given, encodedInsertableStreams: true });
      this.addEventListener("track", (event) => tap(event.receiver, heard));
    }
    addTrack(...given) {
      const sender = super.addTrack(...given);
      tap(sender, said);
      return sender;
    }
  };
  const devices = navigator.mediaDevices;
  if (devices === undefined) return;
  const take = devices.getUserMedia.bind(devices);
  let context, target, speaking;
  devices.getUserMedia = async (wanted) => {
    (await take(wanted)).getTracks().forEach((track) => track.stop()); // the permission is asked for as always
    context ??= new AudioContext();
    await context.resume();
    target = context.createMediaStreamDestination();
    const silence = context.createConstantSource();
    silence.offset.value = 0;
    silence.connect(target);
    silence.start();
    return (window.__microphone = target.stream);
  };
  window.__speak = (samples, rate) => {
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(Float32Array.from(samples), 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(target);
    speaking?.stop(); // one voice: two of the same tone may cancel each other
    source.start();
    speaking = source;
  };
})();
