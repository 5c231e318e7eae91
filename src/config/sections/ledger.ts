import { section } from '../settings/section.ts'
import { flag, optional, text } from '../settings/setting.ts'

export const ledgerSection = section({
  doc: 'The record of what every call cost.',
  settings: {
    enabled: flag(true, 'Keep the ledger.'),
    run: optional(
      text(
        undefined,
        'Name of the run its calls belong to. Give the same name after a restart and the caps per run go on where they were. Null: every start is a run of its own.',
      ),
    ),
    directory: optional(
      text(
        undefined,
        'Where it is kept. Null: `.spotter` in the working directory; when Gym starts the server, `spotter` in the XDG state directory.',
      ),
    ),
  },
})
