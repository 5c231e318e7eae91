import { objectOf, stringOf, type JsonObject } from '../../json-value.ts'
import { CUSTOM_INPUT } from '../request/tools.ts'
import type { EventWriter } from './event-writer.ts'
import { OutputItem } from './output-item.ts'

/** A call of a tool, as it comes in. */
abstract class CallItem extends OutputItem {
  readonly callId: string
  protected readonly name: string
  protected arguments = ''

  constructor(id: string, index: number, events: EventWriter, call: { callId: string; name: string }) {
    super(id, index, events)
    this.callId = call.callId
    this.name = call.name
    this.added(this.item('', 'in_progress'))
  }

  /** True once nothing can follow. */
  get isWhole(): boolean {
    return isJson(this.arguments)
  }

  input(text: string): void {
    this.arguments += text
  }

  protected abstract item(input: string, status: string): JsonObject
}

/** A call of a function. */
export class FunctionCallItem extends CallItem {
  override input(text: string): void {
    super.input(text)
    this.delta('response.function_call_arguments.delta', '', text)
  }

  protected override finish(status: string): JsonObject {
    // A call without arguments is a call with none.
    if (this.arguments === '') this.input('{}')
    this.events.event('response.function_call_arguments.done', {
      ...this.place(),
      name: this.name,
      arguments: this.arguments,
    })
    return this.item(this.arguments, status)
  }

  protected override item(input: string, status: string): JsonObject {
    const { callId: call_id, id, name } = this
    return { id, type: 'function_call', status, arguments: input, call_id, name }
  }
}

/** A call of a custom tool, which the host made as one of a function with a text in it; whole before it is shown. */
export class CustomCallItem extends CallItem {
  protected override finish(status: string): JsonObject {
    const input = textIn(this.arguments)
    this.delta('response.custom_tool_call_input.delta', '', input)
    this.events.event('response.custom_tool_call_input.done', { ...this.place(), input })
    return this.item(input, status)
  }

  protected override item(input: string, status: string): JsonObject {
    const { callId: call_id, id, name } = this
    return { id, type: 'custom_tool_call', status, call_id, name, input }
  }
}

/** What a model that ignores the form has written is taken for the text itself. */
function textIn(json: string): string {
  try {
    return stringOf(objectOf(JSON.parse(json))[CUSTOM_INPUT]) ?? json
  } catch {
    return json
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
