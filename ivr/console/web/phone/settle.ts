// When an offer or answer may be sent: Asterisk must find in it an address that it can reach, and the browser names its
// addresses one by one. So it is sent when no further one has come for a moment: with the first alone, calls of a
// machine with two networks stay silent; waiting for the browser to be done takes a tenth of a second longer.
export const SETTLE_MS = 50;

export interface CandidateEvent {
  ready: () => void;
}

/** A listener for JsSIP's `icecandidate`, for one session. */
export function settle(wait = SETTLE_MS): (event: CandidateEvent) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => event.ready(), wait);
  };
}
