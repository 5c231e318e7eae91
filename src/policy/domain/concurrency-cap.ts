/** `max_concurrent_requests` of one server. Servers that share a room have one each; the processes of a server share one. */
export class ConcurrencyCap {
  readonly most: number
  inFlight = 0

  constructor(most: number) {
    this.most = most
  }

  get full(): boolean {
    return this.inFlight >= this.most
  }
}
