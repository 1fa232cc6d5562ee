// The line to the house: one socket, credit by acknowledgement, back by itself when it broke.

import * as clock from "./clock.js";

const STALE_MS = 3000;
const LOST_MS = 10000;
const ENDED = 4401;

export class Line {
  /** @param {string[]} topics */
  constructor(topics) {
    this.topics = topics;
    /** @type {((topic: string, value: any) => void)[]} */
    this.onState = [];
    /** @type {((topic: string, items: any[], missed: number) => void)[]} */
    this.onStream = [];
    /** @type {((word: string, text: string) => void)[]} */
    this.onLine = [];
    /** @type {Record<string, number>} */
    this.since = {};
    this.heardMs = performance.now();
    this.delayMs = 500;
    this.ended = false;
    /** @type {WebSocket|null} */
    this.socket = null;
    setInterval(() => this.judge(), 500);
    document.addEventListener("visibilitychange", () => this.rate());
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = this.socket = new WebSocket(`${scheme}://${location.host}/ws`);
    socket.onopen = () => {
      socket.send(JSON.stringify({ sub: this.topics, since: this.since }));
      this.rate();
    };
    socket.onmessage = (message) => this.hear(JSON.parse(message.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  hear(frame) {
    this.heardMs = performance.now();
    this.delayMs = 500;
    if (frame.build && frame.build !== document.body.dataset.build) return location.reload();
    clock.set(frame.sent, frame.factor);
    this.say({ ack: frame.n });
    for (const [topic, one] of Object.entries(frame.state)) {
      for (const tell of this.onState) tell(topic, one.value, one.at);
    }
    for (const [topic, part] of Object.entries(frame.stream)) {
      this.since[topic] = part.last || this.since[topic] || 0;
      for (const tell of this.onStream) tell(topic, part.items, part.missed);
    }
    this.judge();
  }

  say(words) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  rate() {
    this.say({ rate_hz: document.hidden ? 0.2 : 10 });
  }

  closed(code) {
    if (code === ENDED) {
      this.ended = true;
      this.tell("ended", "Your log-in has ended, or its rights have changed: load the page again.");
      return;
    }
    setTimeout(() => this.connect(), this.delayMs * (0.8 + 0.4 * Math.random()));
    this.delayMs = Math.min(10000, this.delayMs * 2);
  }

  judge() {
    if (this.ended) return;
    const silent = performance.now() - this.heardMs;
    const seconds = (silent / 1000).toFixed(0);
    const patience = document.hidden ? 8000 : 0;
    if (silent < STALE_MS + patience) this.tell("live", "live");
    else if (silent < LOST_MS + patience) this.tell("stale", `STALE ${seconds} s`);
    else this.tell("lost", `no word for ${seconds} s: what is shown is old`);
  }

  tell(word, text) {
    for (const listener of this.onLine) listener(word, text);
  }
}
