import type { AdmissionRequest } from '../plugs.ts'

/** A request for the twin's tests: 100 tokens of output, no input, at time 0, unless told otherwise. */
export function ask(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    organization: 'org-spotter',
    project: 'proj_spotter',
    model: 'gpt-6-sol',
    maxOutput: 100,
    choices: 1,
    characters: 0,
    inputTokens: 0,
    serviceTier: 'auto',
    now: 0,
    ...changes,
  }
}
