/** Stands where a secret stood. */
const MASK = '[hidden]'

// Ids that OpenAI gives out (req_…, resp_…) must stay readable: they are what a user sends to support.
const secretShapes: readonly (readonly [RegExp, string])[] = [
  // Keys by their makers' prefixes, whole or already partly masked ("sk-proj-****MxYA").
  [/\b(?:sk|pk|rk|gsk|hf|xai|nvapi|key|ghp|gho|github_pat|AIza|AKIA)[-_][\w*.~+/=-]{3,}/gi, MASK],
  [/\bAIza[\w-]{10,}/g, MASK],
  [/\bAKIA[A-Z0-9]{12,}/g, MASK],
  // JSON web tokens.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){0,2}/g, MASK],
  // "Bearer x", "Basic x": whatever follows that is long enough to be one.
  [/\b(Bearer|Basic)\s+[^\s"'),;]{6,}/gi, `$1 ${MASK}`],
  // OpenAI shows very short keys whole: "Incorrect API key provided: abc."
  [/\b(key provided:\s*)[^\s"']*[^\s"'.]/gi, `$1${MASK}`],
  [
    /\b((?:api[-_ ]?key|access[-_ ]?token|auth[-_ ]?token|secret|password|x-api-key)["']?\s*[:=]\s*["']?)[^\s"',;}]{3,}/gi,
    `$1${MASK}`,
  ],
  // Credentials in an address.
  [/(\/\/)[^/\s@"']+@/g, `$1${MASK}@`],
]

/**
 * Hides whatever looks like a key, a bearer token or a password, so that a text from outside may be shown and logged.
 * `known` are secrets of the configuration: they are hidden wherever they stand and whatever they look like.
 */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  let masked = text
  for (const secret of known) {
    // A one- or two-letter "secret" is a placeholder; hiding it would shred every sentence.
    if (secret.length >= 4) masked = masked.replaceAll(secret, MASK)
  }
  for (const [shape, replacement] of secretShapes) masked = masked.replace(shape, replacement)
  return masked
}
