import { randomUUID } from 'node:crypto'

// A call id needs to be unique, not unguessable: a random process prefix and a counter cost a tenth of a UUID.
const processPrefix = randomUUID().replaceAll('-', '').slice(0, 20)
let counter = 0

/** A unique id for one call: 32 hexadecimal digits, as Gym's capture format has them. */
export function nextCallId(): string {
  counter += 1
  return processPrefix + counter.toString(16).padStart(12, '0')
}
