import type { Dialect } from '../dialect/dialect.ts'
import { countTokens } from '../dialect/messages/index.ts'
import { jsonProblem } from '../dialect/problems.ts'
import { isEnvelope, readEnvelope } from '../lib/json-envelope.ts'
import { nextCallId } from '../lib/ids.ts'
import type { Page } from './pages.ts'

/** `POST /v1/messages/count_tokens`: an estimate, without asking the upstream. */
export function countTokensPage({ refusal }: Dialect): Page {
  return ({ body, sendJson }) => {
    const callId = nextCallId()
    const envelope = readEnvelope(body)
    if (isEnvelope(envelope)) {
      sendJson(200, countTokens(JSON.parse(body.toString('utf8', envelope.start))), { 'request-id': callId })
      return
    }
    const refused = refusal([jsonProblem(envelope, body)], callId)
    sendJson(refused.status, refused.body, { 'request-id': callId })
  }
}
