/* A stream of server-sent events that comes back by itself: with a fresh ticket when the old one is no longer taken, and
   also when the line is dead without having ended (the edge gives a sign of life every 15 s). `address` is asked for each
   time anew, `on` maps names of events to what is done, `state(true | false)` hears when the line is there and when not, `renew`
   brings a fresh ticket before the old one is over. */
const SILENT_MS = 40000, LONGEST_MS = 15000, GRACE_MS = 1500, TICKET_MS = 10 * 60000;

export class Stream {
  constructor({ address, on, state = () => {}, renew }) {
    Object.assign(this, { address, on, state, tries: 0 });
    if (renew) this.renewing = setInterval(async () => { await renew(); this.open(); }, TICKET_MS);
    this.back = () => this.open();
    addEventListener("online", this.back);
    addEventListener("offline", () => this.lose());
    this.open();
  }

  get isThere() { return this.source?.readyState === EventSource.OPEN; }

  open() {
    clearTimeout(this.later);
    this.source?.close();
    if (this.isOver) return;
    const url = this.address();
    if (!url) return;
    const source = (this.source = new EventSource(url, { withCredentials: url.origin !== location.origin }));
    source.onopen = () => { this.tries = 0; this.hear(); this.found(); };
    source.onerror = () => {
      this.lose();
      if (source.readyState === EventSource.CLOSED) this.again();
    };
    for (const name of ["alive", ...Object.keys(this.on)])
      source.addEventListener(name, (event) => { this.hear(); this.on[name]?.(event); });
    this.hear();
  }

  again() { // refused: its ticket is old, or the edge is starting; everybody at their own moment
    clearTimeout(this.later);
    this.later = setTimeout(() => this.open(), Math.min(1000 * 2 ** this.tries++, LONGEST_MS) * (0.5 + Math.random()));
  }

  hear() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { this.lose(); this.open(); }, SILENT_MS);
  }

  found() {
    clearTimeout(this.grace);
    this.grace = 0;
    this.state(true);
  }

  lose() { this.grace ||= setTimeout(() => this.isOver || this.state(false), GRACE_MS); }

  close() {
    this.isOver = true;
    clearTimeout(this.silence);
    clearTimeout(this.later);
    clearTimeout(this.grace);
    clearInterval(this.renewing);
    removeEventListener("online", this.back);
    this.source?.close();
  }
}
