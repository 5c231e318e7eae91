import { cpSync } from 'node:fs'

// What the compiler does not emit: data files that the program reads beside its code.
cpSync('src/simulator/scenarios', 'dist/simulator/scenarios', {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
