/** Anthropic's Messages over OpenAI's Responses. */
export { countTokens } from './count-tokens.ts'
export { toMessagesModel, toMessagesModels, wantsMessagesModels } from './models.ts'
export { messages } from './messages.ts'
export { EFFORTS, UNKNOWN_MODEL, type RequestOptions } from './request/options.ts'
