import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { isObject } from '../../lib/json-object.ts'
import type { ForecastTask } from '../../policy/forecast.ts'
import { forecastTask } from '../../policy/forecast/task.ts'

/** Reads Gym's rollout input, line by line: a collection may be larger than memory. Throws a sentence with the line's number. */
export async function readTasks(file: string): Promise<{ tasks: ForecastTask[]; models: Set<string> }> {
  const tasks: ForecastTask[] = []
  const models = new Set<string>()
  let number = 0
  const stream = createReadStream(file)
  const opened = new Promise<never>((_resolve, reject) => {
    stream.on('error', (error) => reject(new Error(unreadable(file, error))))
  })
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number += 1
      if (line.trim() === '') continue
      const parameters = parametersOf(line, `${file}:${number}`)
      tasks.push(forecastTask(parameters))
      if (typeof parameters['model'] === 'string') models.add(parameters['model'])
    }
  }
  await Promise.race([read(), opened])
  if (tasks.length === 0) throw new Error(`${file} has no tasks`)
  return { tasks, models }
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `there is no file ${file}: give Gym's rollout input with --input`
  if (code === 'EISDIR') return `${file} is a folder: give the file with Gym's rollout input in it`
  return code === 'EACCES' ? `cannot read ${file}: permission denied` : `cannot read ${file}: ${message}`
}

function parametersOf(line: string, place: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new Error(`${place} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const parameters = isObject(value) ? value['responses_create_params'] : undefined
  if (!isObject(parameters))
    throw new Error(`${place} has no "responses_create_params": is this Gym's rollout input?`)
  return parameters
}
