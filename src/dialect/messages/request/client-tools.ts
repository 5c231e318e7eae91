import { stringOf, type JsonObject } from '../../json-value.ts'

/**
 * Tools that Anthropic names by type only, because its models know them by heart, and that the client runs. OpenAI's models
 * need the schema: https://platform.claude.com/docs/en/agents-and-tools/tool-use
 */
interface KnownTool {
  readonly type: RegExp
  readonly description: string
  readonly parameters: JsonObject
}

const path = { type: 'string', description: 'Path of a file or directory.' }
const viewRange = {
  type: 'array',
  items: { type: 'integer' },
  description: 'For view: first and last line, counted from 1; -1 as last means the end.',
}
const fileEdit = {
  path,
  file_text: { type: 'string', description: 'For create: the content of the file.' },
  old_str: {
    type: 'string',
    description: 'For str_replace: the text to replace; it must occur exactly once.',
  },
  new_str: { type: 'string', description: 'For str_replace: the text to put in its place.' },
  insert_line: {
    type: 'integer',
    description: 'For insert: the line after which to insert; 0 is the start.',
  },
  view_range: viewRange,
}
const insertText = { type: 'string', description: 'For insert: the text to insert.' }

const KNOWN: readonly KnownTool[] = [
  {
    type: /^bash_\d{8}$/u,
    description: 'Runs a command in a bash session that keeps its state between calls.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'string', description: 'The command to run.' },
        restart: { type: 'boolean', description: 'True to restart the session instead.' },
      },
    },
  },
  {
    type: /^text_editor_(?:20241022|20250124)$/u,
    description: 'Views, creates and edits text files.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'undo_edit'] },
        ...fileEdit,
        new_str: { type: 'string', description: 'For str_replace and insert: the new text.' },
      },
      required: ['command', 'path'],
    },
  },
  {
    type: /^text_editor_\d{8}$/u,
    description: 'Views, creates and edits text files.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert'] },
        ...fileEdit,
        insert_text: insertText,
      },
      required: ['command', 'path'],
    },
  },
  {
    type: /^memory_\d{8}$/u,
    description: 'Keeps notes in files below /memories that last beyond this conversation.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
        ...fileEdit,
        insert_text: insertText,
        old_path: { type: 'string', description: 'For rename: the present path.' },
        new_path: { type: 'string', description: 'For rename: the new path.' },
      },
      required: ['command'],
    },
  },
]

/** Description and schema of a tool that is known by its type, or null. */
export function knownClientTool(
  tool: JsonObject,
): { readonly description: string; readonly parameters: JsonObject } | null {
  const type = stringOf(tool['type']) ?? ''
  return KNOWN.find((known) => known.type.test(type)) ?? null
}
