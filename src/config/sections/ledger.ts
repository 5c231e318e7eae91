import { section } from '../settings/section.ts'
import { flag, optional, text } from '../settings/setting.ts'

export const ledgerSection = section({
  doc: 'The record of what every call cost.',
  settings: {
    enabled: flag(true, 'Keep the ledger.'),
    directory: optional(
      text(
        undefined,
        'Where it is kept. Null: `.spotter` in the working directory; when Gym starts the server, `spotter` in the XDG state directory.',
      ),
    ),
  },
})
