/** How long the processes of an account wait for one another. Milliseconds. */
export interface Patience {
  /** Between two tries to find whoever has the room. */
  readonly retry: number
  /** The same, for one that goes on by itself meanwhile. */
  readonly retryAlone: number
  /** For a host's first word. */
  readonly firstWord: number
  /** A host tells its guests of the limits this often. */
  readonly tell: number
  /** After so much silence of a host it is not there. */
  readonly silence: number
  /** Without any host, until this process goes on by itself. */
  readonly hostless: number
  /** A new host lets nobody go until all whom it knows of have told what they have under way, or for so long. */
  readonly gathering: number
}

export const USUAL_PATIENCE: Patience = {
  retry: 25,
  retryAlone: 1000,
  firstWord: 2000,
  tell: 200,
  silence: 5000,
  hostless: 10_000,
  gathering: 500,
}
