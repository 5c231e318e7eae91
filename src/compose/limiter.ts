import type { BudgetTerms } from '../cluster/budget/budget-wire.ts'
import { meetingPlace } from '../cluster/meeting-place.ts'
import type { Entrance } from '../cluster/room.ts'
import type { SharedBudget } from '../cluster/budget/shared-budget.ts'
import { SharedRoom } from '../cluster/shared-room.ts'
import type { SharedStatus } from '../cluster/shared-status.ts'
import type { Settings } from '../cluster/wire.ts'
import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../observe/log.ts'
import { createWebhook } from '../observe/webhook.ts'
import { createAdmission, type Admission } from '../policy/admission.ts'
import { Budget } from '../policy/budget.ts'
import type { BudgetCaps } from '../policy/budget/caps.ts'

/** One of the processes of a server with `num_workers`. */
export interface Worker {
  readonly number: number
  readonly of: number
  /** The same for all of them, and for no other server. */
  readonly server: string
}

/** What decides when a call may go, alone or together with the other servers of the account. */
export interface Limiter {
  readonly room: Entrance
  /** Looks for the other servers. Until then, and without any, this process has a room of its own. */
  join(): void
  status(): SharedStatus | { readonly role: 'off' }
}

export function composeLimiter(
  config: Config,
  clock: Clock,
  log: Log,
  environment: NodeJS.ProcessEnv,
  server: string,
  worker: Worker | null,
  budget: SharedBudget,
): Limiter {
  const webhook = createWebhook(config.pacing.webhookUrl, log)
  const makeRoom = (share: number): Admission =>
    createAdmission({
      clock,
      random: Math.random,
      group: config.openai.model,
      server,
      limits: {
        rpm: config.limits.rpm,
        tpm: config.limits.tpm,
        rpd: config.limits.rpd,
        tpd: config.limits.tpd,
        project_tpm: config.limits.projectTpm,
        share: config.limits.share * share,
      },
      longContextTokens: config.limits.longContextAbove,
      maxConcurrent: config.maxConcurrentRequests,
      onQuota: config.pacing.onQuota,
      onKey: config.pacing.onRejectedCredential,
      probes: {
        firstMs: config.pacing.firstProbeMs,
        longestMs: config.pacing.longestProbeMs,
        rampStepMs: config.pacing.rampStepMs,
      },
      onChange(change) {
        const { kind, state, message } = change
        if (state === 'open') log.warn(message)
        else log.info(message)
        if (state === null) return
        webhook({ event: kind, server: config.name, state, message, at: Math.floor(clock.wall() / 1000) })
      },
    })
  // Sockets in a folder, and users to whom it belongs: not on Windows.
  const user = process.getuid?.()
  if (!config.pacing.shared || user === undefined) {
    return { room: makeRoom(1), join: () => {}, status: () => ({ role: 'off' }) }
  }
  const { baseUrl, apiKey, model } = config.openai
  const room = new SharedRoom({
    place: meetingPlace({ baseUrl, apiKey, group: model }, environment, user),
    user,
    self: { name: worker ? `${config.name}, worker ${worker.number}` : config.name, pid: process.pid },
    server: { name: server, mostInFlight: config.maxConcurrentRequests },
    settings: settingsOf(config),
    clock,
    makeRoom,
    budget,
    makeBooks: (terms) => new Budget({ caps: terms as BudgetCaps, onCap: onCapOf(terms), clock }),
    say: (level, sentence) => log[level](sentence),
  })
  return { room, join: () => room.join(), status: () => room.status }
}

function onCapOf({ onCap }: BudgetTerms): 'finish_started' | 'stop' {
  return onCap === 'stop' ? 'stop' : 'finish_started'
}

/** What counts for everybody who shares, by the names it has in the configuration. */
function settingsOf({ limits, pacing }: Config): Settings {
  return {
    'limits.rpm': limits.rpm,
    'limits.tpm': limits.tpm,
    'limits.rpd': limits.rpd,
    'limits.tpd': limits.tpd,
    'limits.project_tpm': limits.projectTpm,
    'limits.long_context_above': limits.longContextAbove,
    'limits.share': limits.share,
    'pacing.on_quota': pacing.onQuota,
    'pacing.on_rejected_credential': pacing.onRejectedCredential,
    'pacing.first_probe_seconds': pacing.firstProbeMs / 1000,
    'pacing.longest_probe_seconds': pacing.longestProbeMs / 1000,
    'pacing.ramp_step_seconds': pacing.rampStepMs / 1000,
  }
}
