import type { ErrorCode } from 'yaml'

/**
 * A sentence per kind of YAML error. The parser's own messages quote the source, and the source of `env.yaml`
 * is where the keys are.
 */
const sentences: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'this key stands here for the second time; keep one of them',
  BAD_ALIAS: 'this alias (`*name`) has no anchor (`&name`) before it',
  BAD_INDENT:
    'the indentation does not fit the lines around it; use the same number of spaces for all members',
  BAD_SCALAR_START: 'a value cannot start with this character; put the value in quotes',
  BAD_DQ_ESCAPE:
    'this backslash sequence is unknown inside double quotes; use single quotes or double the backslash',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot stand here; start it on the next line, indented',
  MISSING_CHAR: 'a character is missing before this point: a closing quote or bracket, a comma or a colon',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line and be followed by a colon',
  MULTIPLE_DOCS: 'only one document per file is read; remove everything after this `---`',
  TAB_AS_INDENT: 'tabs cannot indent YAML; use spaces',
  UNEXPECTED_TOKEN:
    'this does not belong here; a quote or bracket may be unbalanced before it (inside {} and [], ${…} needs quotes)',
}

export function yamlSentence(code: ErrorCode): string {
  return `the YAML is invalid: ${sentences[code] ?? `the parser calls it ${code}`}`
}
