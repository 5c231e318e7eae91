import {
  ApiError,
  invalidRequest,
  missingParameter,
  unknownParameter,
  unsupportedValue,
} from '../http/api-error.ts'
import { incorrectKey, mismatch, missingKey } from '../http/credentials.ts'
import { notPersisted } from '../checks/item-pairing.ts'
import { modelNotFound } from '../models/capabilities.ts'
import type { Fault, FaultContext } from './fault.ts'

const itemId = 'rs_0a038568becf80fb0068e9630ad5248197a0938f405d5fad2e'

export const unparsableBody =
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library " +
  'correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble ' +
  'figuring out how to fix this, please contact us through our help center at help.openai.com.)'

/** Errors that say the request, the key or the project is at fault: never worth a retry. */
export const requestFaults: readonly Fault[] = [
  fault('malformed-json', '400, the body could not be parsed', () => invalidRequest(unparsableBody, null)),
  fault('unknown-parameter', '400 `unknown_parameter`', () => unknownParameter('frobnicate')),
  fault('missing-parameter', '400 `missing_required_parameter`', ({ api }) =>
    missingParameter(api === 'chat' ? 'messages' : 'input'),
  ),
  fault('unsupported-parameter', '400 `unsupported_parameter`', () =>
    invalidRequest(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    ),
  ),
  fault('unsupported-value', '400 `unsupported_value`', ({ api }) =>
    unsupportedValue(api === 'chat' ? 'reasoning_effort' : 'reasoning.effort', 'max', [
      'low',
      'medium',
      'high',
    ]),
  ),
  fault('tools-with-reasoning', '400, function tools and effort do not go together in chat', ({ model }) =>
    invalidRequest(
      `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. ` +
        "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
      'reasoning_effort',
    ),
  ),
  fault('invalid-function-schema', '400 `invalid_function_parameters`', ({ api }) =>
    invalidRequest(
      "Invalid schema for function 'get_weather': In context=(), 'additionalProperties' is required to be supplied and to be false.",
      api === 'chat' ? 'tools[0].function.parameters' : 'tools[0].parameters',
      'invalid_function_parameters',
    ),
  ),
  fault('context-length', '400 `context_length_exceeded`; inside a Responses stream', contextLength),
  fault('invalid-prompt', '400 `invalid_prompt`, against the usage policy', () => invalidPrompt()),
  fault('previous-response-not-found', '400 `previous_response_not_found`', () =>
    invalidRequest(
      "Previous response with id 'resp_0a038568becf80fb' not found.",
      'previous_response_id',
      'previous_response_not_found',
    ),
  ),
  fault('tool-output-missing', '400, a call has no output', () =>
    invalidRequest('No tool output found for function call call_SjdIRQnfceiXp0D5eZCcjlxW.', 'input'),
  ),
  fault('tool-call-missing', '400, an output has no call', () =>
    invalidRequest(
      'No tool call found for function call output with call_id call_SjdIRQnfceiXp0D5eZCcjlxW.',
      'input',
    ),
  ),
  fault('item-not-found', '404, a reasoning item was not persisted', () => notPersisted(itemId)),
  fault('invalid-encrypted-content', '400 `invalid_encrypted_content`', () => unverified(itemId)),
  fault('service-tier-not-allowed', '400, the project may not use this service tier', () =>
    invalidRequest(
      'Invalid service_tier argument: The requested service tier is not allowed for this project.',
      'service_tier',
    ),
  ),
  fault('invalid-key', '401 `invalid_api_key`', ({ apiKey }) => incorrectKey(apiKey)),
  fault('missing-key', '401, no key was sent', () => missingKey()),
  fault('mismatched-organization', '401 `mismatched_organization`', () => mismatch('Organization')),
  fault('mismatched-project', '401 `mismatched_project`', () => mismatch('Project')),
  fault('missing-scope', '401 `missing_scope`, the key may not do this', ({ api }) =>
    invalidRequest(
      `You have insufficient permissions for this operation. Missing scopes: ${api === 'chat' ? 'model.request' : 'api.responses.write'}.`,
      null,
      'missing_scope',
      401,
    ),
  ),
  fault('ip-not-allowed', '401 `ip_not_authorized`, the address is not on the list', () =>
    invalidRequest('Your IP address is not authorized to use this project.', null, 'ip_not_authorized', 401),
  ),
  fault('not-a-member', '401, not a member of the organisation', () =>
    invalidRequest('You must be a member of an organization to use the API.', null, null, 401),
  ),
  fault(
    'unsupported-country',
    '403 `unsupported_country_region_territory`',
    () =>
      new ApiError(403, {
        message: 'Country, region, or territory not supported',
        type: 'request_forbidden',
        param: null,
        code: 'unsupported_country_region_territory',
      }),
  ),
  fault(
    'no-model-access',
    '403 `model_not_found`, the project has no access to the model',
    ({ project, model }) =>
      invalidRequest(
        `Project \`${project}\` does not have access to model \`${model}\``,
        null,
        'model_not_found',
        403,
      ),
  ),
  fault('model-not-found', '404 `model_not_found`', ({ model }) => modelNotFound(model)),
  fault('conflict', '409', () =>
    invalidRequest('Another request is changing this resource.', null, 'conflict', 409),
  ),
  fault('request-timeout', '408', () =>
    invalidRequest('The request timed out.', null, 'request_timeout', 408),
  ),
  fault('unprocessable', '422', () => invalidRequest('The request could not be processed.', null, null, 422)),
]

export function contextLength({ api }: FaultContext): ApiError {
  return api === 'chat' ? chatContextLength(128_000, 131_072) : responsesContextLength()
}

export function responsesContextLength(): ApiError {
  return invalidRequest(
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    'input',
    'context_length_exceeded',
  )
}

export function chatContextLength(window: number, tokens: number): ApiError {
  return invalidRequest(
    `This model's maximum context length is ${window} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    'messages',
    'context_length_exceeded',
  )
}

export function invalidPrompt(): ApiError {
  return invalidRequest(
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting',
    null,
    'invalid_prompt',
  )
}

export function unverified(id: string): ApiError {
  return invalidRequest(
    `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    null,
    'invalid_encrypted_content',
  )
}

function fault(name: string, summary: string, error: (context: FaultContext) => ApiError): Fault {
  return { name, summary, action: { kind: 'error', error } }
}
