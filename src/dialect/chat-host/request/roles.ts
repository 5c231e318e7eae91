import { listOf, textOf, type JsonObject } from '../../json-value.ts'

/** In which order of roles a model's chat template takes messages. */
export interface RoleRules {
  /** Where messages of role `system` may stand; elsewhere they become words of the user. */
  readonly system: 'anywhere' | 'first' | 'nowhere'
  /** Messages of one role may not follow each other. */
  readonly alternating: boolean
}

export const ANY_ROLES: RoleRules = { system: 'anywhere', alternating: false }

/** The messages in an order of roles that the rules allow; the same list where there is nothing to do. */
export function fitRoles(messages: readonly JsonObject[], rules: RoleRules): readonly JsonObject[] {
  if (rules.system === 'anywhere' && !rules.alternating) return messages
  const placed = messages.map((message, index) =>
    isSystem(message) && (rules.system === 'nowhere' || index > 0) ? asUser(message) : message,
  )
  const fitted = rules.alternating || rules.system === 'nowhere' ? joined(placed) : placed
  const isSame =
    fitted.length === messages.length && fitted.every((message, index) => message === messages[index])
  return isSame ? messages : fitted
}

function isSystem({ role }: JsonObject): boolean {
  return role === 'system' || role === 'developer'
}

/** Marked as what it is: the user has not said it. */
function asUser({ content }: JsonObject): JsonObject {
  const said = typeof content === 'string' ? `<system>\n${content}\n</system>` : content
  return { role: 'user', content: said }
}

function joined(messages: readonly JsonObject[]): readonly JsonObject[] {
  const result: JsonObject[] = []
  for (const message of messages) {
    const last = result.at(-1)
    if (last?.['role'] === 'user' && message['role'] === 'user') {
      result[result.length - 1] = { ...last, content: both(last['content'], message['content']) }
    } else result.push(message)
  }
  return result
}

function both(first: unknown, second: unknown): unknown {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`
  return [...partsOf(first), ...partsOf(second)]
}

function partsOf(content: unknown): readonly unknown[] {
  return typeof content === 'string' ? [{ type: 'text', text: textOf(content) }] : listOf(content)
}

/** What templates say of an order that they do not take. */
const SAID: readonly (readonly [RegExp, Partial<RoleRules>])[] = [
  [/\broles?\s+must\s+alternate\b/iu, { system: 'first', alternating: true }],
  [
    /\bsystem\s+(?:role|messages?|prompts?)\s+(?:(?:is|are)\s+)?not\s+supported\b|\bnot\s+support\s+(?:the\s+)?system\b/iu,
    { system: 'nowhere' },
  ],
  [
    /\bsystem\s+messages?\s+(?:must|should|can\s+only)\s+be\s+(?:at\s+)?(?:the\s+)?(?:beginnin|first|start)/iu,
    { system: 'first' },
  ],
]

/** The rules after a refusal with these words; null where it was about something else. */
export function rulesIn(words: string, known: RoleRules): RoleRules | null {
  const told = SAID.find(([shape]) => shape.test(words))?.[1]
  if (told === undefined) return null
  const isStricter = known.system === 'nowhere' && told.system === 'first'
  return { ...known, ...told, ...(isStricter ? { system: known.system } : {}) }
}
