/** Anthropic's Messages over OpenAI's Responses: pure translations, to be put into the server's pipeline. */
export { countTokens, estimateInputTokens } from './count-tokens.ts'
export {
  messagesErrorBody,
  messagesErrorEvents,
  messagesErrorType,
  messagesProblemsBody,
  messagesStatus,
} from './errors.ts'
export { toMessagesModels, wantsMessagesModels } from './models.ts'
export { EFFORTS, UNKNOWN_MODEL, type Effort, type RequestOptions } from './request/options.ts'
export { toResponses, type AnswerPlan, type RequestTranslation } from './request.ts'
export { toMessage, type ResponseTranslation } from './response.ts'
export { MessagesStream, type StreamOptions } from './stream.ts'
export { PING } from './answer/block-writer.ts'
