import type { HostPreset } from '../config/host-presets.ts'
import type { Config } from '../config/schema.ts'
import {
  ApiChoice,
  chatHost,
  leavesNoRoom,
  RefusedFields,
  ResponseMemory,
  storedResponse,
  UNKNOWN_HOST,
  type ChatHostOptions,
  type StoredAnswer,
} from '../dialect/chat-host/index.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { createDialects } from '../dialect/index.ts'
import { namespaces, NamespaceSupport } from '../dialect/namespaces/index.ts'
import type { Translation } from '../dialect/translation.ts'
import { wayTo, type ChatStep, type Way } from '../dialect/way.ts'
import type { Arrival, Call } from '../call/call.ts'
import type { Failure } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import { nextCallId } from '../lib/ids.ts'
import type { Log } from '../observe/log.ts'

/** The host behind `openai_base_url`: what it speaks, as far as is known by now. */
export interface Host {
  wayOf(dialect: Dialect): Way
  /** Hears of a refusal; true where it tells of another way to the host, on which the call is worth sending again. */
  changesWay(call: Call, failure: Failure): boolean
  /** The answer to an operation on a stored response where the host stores none; null where it is to be asked. */
  storedAnswer(arrival: Arrival): StoredAnswer | null
}

type Dialects = ReturnType<typeof createDialects>

export function composeHost(
  config: Config,
  preset: HostPreset | null,
  dialects: Dialects,
  adaptations: readonly Translation[],
  clock: Clock,
  log: Log,
): Host {
  const { rememberResponses: responses, rememberBytes: bytes } = config.chat
  const refused = new RefusedFields(chatOptions(config, preset), (sentence) =>
    log.info(`${nameOf(config, preset)} ${sentence}`),
  )
  const memory = responses > 0 ? new ResponseMemory({ responses, bytes }) : null
  const step: ChatStep = {
    api: dialects.chat.api,
    translation: chatHost({
      options: () => refused.options,
      memory,
      newId: nextCallId,
      now: () => Math.floor(clock.wall() / 1000),
    }),
  }
  const support = new NamespaceSupport(config.namespaces, ({ upstreamStatus }) =>
    log.info(
      `${nameOf(config, preset)} does not take namespaces of tools (${upstreamStatus}): from now on they are made part of the tools' names. namespaces: flatten says so beforehand.`,
    ),
  )
  // Nearest to the host: whatever else is adapted sees requests and answers as the client does.
  const all = [...adaptations, namespaces((origin) => support.flattens(origin))]
  const native = waysOf(dialects, all, null)
  const chatting = waysOf(dialects, all, step)
  const setting = config.upstreamApi === 'auto' ? (preset?.api ?? 'auto') : config.upstreamApi
  const choice = new ApiChoice(setting, (chats, failure) =>
    log.info(
      chats
        ? `${nameOf(config, preset)} has no Responses API (${failure.upstreamStatus}): from now on everything is sent as Chat Completions. upstream_api: chat says so beforehand.`
        : `${nameOf(config, preset)} has no Chat Completions either (${failure.upstreamStatus}): the next request tries Responses again.`,
    ),
  )
  return {
    wayOf: ({ name }) => (choice.chats ? chatting : native)[name],
    storedAnswer({ operation, path, fairnessKey: scope }) {
      if (!choice.chats) return null
      return storedResponse({ operation: operation.name, path, scope }, memory, nameOf(config, preset))
    },
    changesWay(call, failure) {
      const { api, arrival, outgoing, translation } = call
      if (outgoing && api.name === 'responses' && support.refused(outgoing, failure)) return true
      // A host may well answer and know no more than that: no compaction, no counting.
      if (arrival.operation.name !== 'create') return false
      if (choice.refused(api.name, failure)) return true
      // Of a chat that passes as it is, every field is the caller's.
      if (api.name !== 'chat' || translation === null || outgoing === null) return false
      if (refused.learn(failure, outgoing)) return true
      if (call.isUncapped || !leavesNoRoom(failure, outgoing, refused.options.outputCap)) return false
      call.isUncapped = true
      return true
    },
  }
}

/** What a cap in `extra_body` is called for chats. Of an unknown host nothing older than OpenAI's own name is assumed. */
export function extraBodyCap(config: Config, preset: HostPreset | null): ChatHostOptions['outputCap'] {
  const isUnknown = preset === null && config.chat.outputCap === 'auto'
  return isUnknown ? 'max_completion_tokens' : chatOptions(config, preset).outputCap
}

function waysOf(
  dialects: Dialects,
  adaptations: readonly Translation[],
  step: ChatStep | null,
): Readonly<Record<Dialect['name'], Way>> {
  return {
    responses: wayTo(dialects.responses, adaptations, step),
    chat: wayTo(dialects.chat, adaptations, step),
    messages: wayTo(dialects.messages, adaptations, step),
  }
}

/** OpenAI's reasoning models know no other cap, wherever they are served. */
const WANTS_COMPLETION_CAP = /(?:^|\/)(?:gpt-[5-9]|o\d)/

function chatOptions(
  { chat, openai, dropInputReasoningItems }: Config,
  preset: HostPreset | null,
): ChatHostOptions {
  const cap = WANTS_COMPLETION_CAP.test(openai.model) ? 'max_completion_tokens' : UNKNOWN_HOST.outputCap
  return {
    host: nameOf({ openai }, preset),
    outputCap: chat.outputCap === 'auto' ? (preset?.outputCap ?? cap) : chat.outputCap,
    mostOutput: null,
    effort: chat.effort === 'auto' ? (preset?.effort ?? UNKNOWN_HOST.effort) : chat.effort,
    reasoningInput: dropInputReasoningItems
      ? 'none'
      : chat.reasoningInput === 'auto'
        ? 'as_it_came'
        : chat.reasoningInput,
    thinkTags: chat.thinkTags,
    roles: UNKNOWN_HOST.roles,
    systemRole: preset?.systemRole ?? UNKNOWN_HOST.systemRole,
    takes: new Set(preset?.takes),
    refuses: new Set([...(preset?.refuses ?? []), ...chat.refusedFields]),
    hostedTools: chat.hostedTools,
  }
}

function nameOf({ openai }: Pick<Config, 'openai'>, preset: HostPreset | null): string {
  return preset?.title ?? `The host ${URL.parse(openai.baseUrl)?.host ?? openai.baseUrl}`
}
