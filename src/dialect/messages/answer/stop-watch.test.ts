import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { StopWatch } from './stop-watch.ts'

function watch(
  sequences: readonly string[],
  pieces: readonly string[],
): { text: string; matched: string | null } {
  const watcher = new StopWatch(sequences)
  let text = ''
  for (const piece of pieces) {
    const watched = watcher.push(piece)
    text += watched.text
    if (watched.matched !== null) return { text, matched: watched.matched }
  }
  return { text: text + watcher.flush(), matched: null }
}

/** The definition: the text up to the first place at which any sequence is complete. */
function defined(sequences: readonly string[], text: string): { text: string; matched: string | null } {
  for (let end = 1; end <= text.length; end++) {
    const complete = sequences.filter((each) => text.slice(0, end).endsWith(each))
    const [longest] = complete.toSorted((a, b) => b.length - a.length)
    if (longest !== undefined) return { text: text.slice(0, end - longest.length), matched: longest }
  }
  return { text, matched: null }
}

describe('StopWatch', () => {
  it('finds what the definition says, however the text is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(
          letters.filter((each) => each !== ''),
          { maxLength: 3 },
        ),
        fc.array(letters, { maxLength: 8 }),
        (sequences, pieces) => {
          assert.deepEqual(watch(sequences, pieces), defined(sequences, pieces.join('')))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('holds back no more than a possible start', () => {
    const watcher = new StopWatch(['\nObservation:'])
    assert.deepEqual(watcher.push('Thinking'), { text: 'Thinking', matched: null })
    assert.deepEqual(watcher.push('.\nObs'), { text: '.', matched: null })
    assert.deepEqual(watcher.push('tacle'), { text: '\nObstacle', matched: null })
    assert.deepEqual(watcher.push('!\nObservation: 3'), { text: '!', matched: '\nObservation:' })
  })
})
