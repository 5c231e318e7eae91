import type { Call } from './call.ts'

const MARK = Buffer.from(';base64,')
const QUOTE = 0x22

/**
 * Looks for images and files inside the body (`data:…;base64,…`) and takes them out of what counts as text. A charge is
 * estimated from the size of a request, and a picture of a megabyte is not a quarter of a million tokens. That costs a
 * search of the whole body, so it is done for requests only that would otherwise be refused as too large.
 */
export function holdsEncodedData(call: Call): boolean {
  const { body } = call
  if (!body || call.encodedBytes > 0) return false
  let at = body.indexOf(MARK)
  while (at >= 0) {
    const start = at + MARK.length
    const quote = body.indexOf(QUOTE, start)
    const end = quote < 0 ? body.length : quote
    call.encodedBytes += end - start
    at = body.indexOf(MARK, end)
  }
  return call.encodedBytes > 0
}
