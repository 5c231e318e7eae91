/** A call the simulator's model is to make: the tool's name, and its arguments or, for a custom tool, its input. */
export type ScriptedCall = readonly [tool: string, input: object | string]

/** A prompt that has the simulator's model make these calls, each in a turn of its own. */
export function scriptedTask(calls: readonly ScriptedCall[]): string {
  return calls
    .map(([tool, input]) => `[[call:${tool} ${typeof input === 'string' ? input : JSON.stringify(input)}]]`)
    .join(' ')
}
