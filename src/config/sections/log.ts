import { section } from '../settings/section.ts'
import { choice } from '../settings/setting.ts'

export const logSection = section({
  doc: 'What the server prints.',
  settings: {
    level: choice(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'info',
      "Least important lines to print. Gym's `verbose: true` means `debug` where this is not set.",
    ),
    format: choice(['auto', 'pretty', 'json'], 'auto', '`auto` is pretty on a terminal and JSON elsewhere.'),
  },
})
