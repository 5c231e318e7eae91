import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { section } from '../settings/section.ts'
import { flag, optional, setting } from '../settings/setting.ts'

const absolutePath = (doc: string) =>
  optional(
    setting(
      z.string().refine((path) => isAbsolute(path)),
      undefined,
      doc,
      'an absolute path',
    ),
  )

/** Gym's settings for a whole run that concern this server. They stand at the top level of the configuration. */
export const gymGlobalSection = section({
  doc: "Gym's settings for the whole run that this server heeds, at the top level.",
  settings: {
    observability_enabled: flag(false, 'Capture model calls; needs `model_call_capture_dir`.'),
    model_call_capture_dir: absolutePath('Where captures are written; one directory for all of a run.'),
    token_id_capture: setting(
      z.looseObject({}).nullable(),
      null,
      "Gym's training capture. OpenAI gives no token ids: such rollouts are marked incomplete.",
      "Gym's mapping of training-capture settings",
    ),
    verbose: flag(false, 'Print more.'),
    dry_run: flag(false, 'Validate the configuration and exit.'),
    uvicorn_logging_show_200_ok: flag(false, 'Print a line for every answered request.'),
    profiling_enabled: flag(false, 'Accepted; Spotter measures by other means.'),
    default_host: optional(
      setting(z.string().min(1), undefined, 'Address to listen on where `host` is not set.', 'text'),
    ),
  },
  conflicts: (values) =>
    values.observability_enabled && values.model_call_capture_dir === null
      ? [
          {
            setting: 'model_call_capture_dir',
            message: 'is needed when observability_enabled is true; give an absolute path',
          },
        ]
      : [],
})
