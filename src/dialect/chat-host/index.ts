/** OpenAI's Responses over hosts that only speak Chat Completions. */
export { ApiChoice } from './api-choice.ts'
export { chatHost } from './chat-host.ts'
export { UNKNOWN_HOST, type ChatHostOptions } from './options.ts'
export { leavesNoRoom } from './output-room.ts'
export { RefusedFields } from './refused-fields.ts'
export { ResponseMemory } from './response-memory.ts'
export { storedResponse, type StoredAnswer } from './stored-responses.ts'
