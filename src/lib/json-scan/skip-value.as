// AssemblyScript: compiled to WebAssembly by scripts/compile-skip-value.ts, run by ../json-scan.ts.
//
// Skips one value of JSON text and checks its syntax. The text lies in memory from TEXT on and ends in a zero byte,
// which JSON allows nowhere: every loop below stops there without comparing positions. It may be overwritten.

/** Where the text starts. */
export const TEXT: i32 = 1024

/** Where the caller has put a table: per byte behind a backslash, 1 where the two are an escape. */
export const ESCAPES: i32 = 512

/** Why the last `skip` failed: an index into the messages of json-scan.ts. */
export let problem: i32 = 0

/** How many nulls have been met so far, by all calls of `skip`. */
export let nulls: i32 = 0

const EXPECTING_VALUE: i32 = 0
const EXPECTING_KEY: i32 = 1
const EXPECTING_COLON: i32 = 2
const EXPECTING_COMMA: i32 = 3
const UNTERMINATED_STRING: i32 = 4
const CONTROL_CHARACTER: i32 = 5
const ESCAPE: i32 = 6
const UNICODE_ESCAPE: i32 = 7

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SMALL_E = 0x65
const SMALL_U = 0x75

// @ts-ignore: decorator
@inline
function fail(reason: i32, at: i32): i32 {
  problem = reason
  return ~at
}

// @ts-ignore: decorator
@inline
function byte(at: i32): i32 {
  return load<u8>(at)
}

// @ts-ignore: decorator
@inline
function skipWhitespace(at: i32): i32 {
  let c = byte(at)
  if (c > 0x20) return at
  while (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09) c = byte(++at)
  return at
}

/** Sixteen bytes at a time. `block` is the first byte behind the opening quote; gives the byte behind the closing one. */
function skipString(block: i32, end: i32): i32 {
  const opening = block - 1
  while (true) {
    const bytes = v128.load(block)
    const special = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))),
      i8x16.lt_u(bytes, i8x16.splat(0x20)),
    )
    let mask = i8x16.bitmask(special)
    let next = block + 16
    while (mask != 0) {
      const at = block + ctz(mask)
      const c = byte(at)
      if (c == QUOTE) return at + 1
      if (c != BACKSLASH) return at >= end ? fail(UNTERMINATED_STRING, opening) : fail(CONTROL_CHARACTER, at)
      const escape = byte(at + 1)
      let behind = at + 2
      if (byte(ESCAPES + escape) == 0) {
        if (escape != SMALL_U) return at + 1 >= end ? fail(UNTERMINATED_STRING, opening) : fail(ESCAPE, at)
        for (behind = at + 2; behind < at + 6; behind++) {
          if (behind >= end) return fail(UNTERMINATED_STRING, opening)
          const d = byte(behind)
          const l = d | 0x20
          if (!((d >= 0x30 && d <= 0x39) || (l >= 0x61 && l <= 0x66))) return fail(UNICODE_ESCAPE, at)
        }
      }
      if (behind >= next) {
        next = behind
        break
      }
      mask &= -1 << (behind - block)
    }
    block = next
  }
  return 0
}

function skipDigits(at: i32): i32 {
  while (<u32>(byte(at) - 0x30) < 10) at++
  return at
}

function skipScalar(at: i32): i32 {
  const c = byte(at)
  // t rue, f alse, n ull
  if (c == 0x74 && load<u32>(at) == 0x65757274) return at + 4
  if (c == 0x66 && load<u32>(at + 1) == 0x65736c61) return at + 5
  if (c == 0x6e && load<u32>(at) == 0x6c6c756e) {
    nulls++
    return at + 4
  }
  const digits = c == MINUS ? at + 1 : at
  let behind = byte(digits) == ZERO ? digits + 1 : skipDigits(digits)
  if (behind == digits) return fail(EXPECTING_VALUE, at)
  if (byte(behind) == POINT) {
    const fraction = skipDigits(behind + 1)
    if (fraction == behind + 1) return behind
    behind = fraction
  }
  if ((byte(behind) | 0x20) == SMALL_E) {
    const sign = byte(behind + 1)
    const start = sign == 0x2b || sign == 0x2d ? behind + 2 : behind + 1
    const exponent = skipDigits(start)
    if (exponent > start) behind = exponent
  }
  return behind
}

function skipKey(at: i32, end: i32): i32 {
  if (byte(at) != QUOTE) return fail(EXPECTING_KEY, at)
  at = skipString(at + 1, end)
  if (at < 0) return at
  at = skipWhitespace(at)
  if (byte(at) != COLON) return fail(EXPECTING_COLON, at)
  return skipWhitespace(at + 1)
}

/** The first byte behind the value that starts at `at`, or `~position` of what is wrong. */
export function skip(at: i32, end: i32): i32 {
  // The closing brackets still expected, innermost last. They are kept over text already read, of which there is
  // always enough.
  let open = TEXT
  while (true) {
    const c = byte(at)
    if (c == QUOTE) {
      at = skipString(at + 1, end)
      if (at < 0) return at
    } else if (c == OPEN_BRACE || c == OPEN_BRACKET) {
      at = skipWhitespace(at + 1)
      if (byte(at) == c + 2) {
        at++
      } else {
        store<u8>(open++, c + 2)
        if (c == OPEN_BRACE) {
          at = skipKey(at, end)
          if (at < 0) return at
        }
        continue
      }
    } else {
      at = skipScalar(at)
      if (at < 0) return at
    }
    while (true) {
      if (open == TEXT) return at
      at = skipWhitespace(at)
      const c = byte(at)
      const closing = byte(open - 1)
      if (c == COMMA) {
        at = skipWhitespace(at + 1)
        if (closing == CLOSE_BRACE) {
          at = skipKey(at, end)
          if (at < 0) return at
        }
        break
      }
      if (c != closing) return fail(EXPECTING_COMMA, at)
      open--
      at++
    }
  }
  return 0
}
