import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tiers } from './tier.ts'

test('a tier is set where the request names none', () => {
  const flex = new Tiers({ tier: 'flex', flexFallback: true })
  assert.equal(flex.choose(null, 0), 'flex')
  assert.equal(flex.choose('priority', 0), null)
  assert.equal(flex.choose('flex', 0), null)
  const auto = new Tiers({ tier: 'auto', flexFallback: true })
  assert.equal(auto.choose(null, 0), null)
  assert.equal(auto.choose('flex', 0), null)
})

test('a refusal now and then keeps nobody else from flex', () => {
  const tiers = new Tiers({ tier: 'flex', flexFallback: true })
  for (let times = 0; times < 10; times++) {
    assert.equal(tiers.flexUnavailable(0, null), true)
    assert.equal(tiers.flexUnavailable(0, null), true)
    assert.equal(tiers.choose(null, 0), 'flex')
    tiers.flexServed()
  }
})

test('while flex is full its requests go at the default tier, longer with every refusal', () => {
  const tiers = new Tiers({ tier: 'flex', flexFallback: true })
  for (let times = 0; times < 3; times++) tiers.flexUnavailable(0, null)
  assert.equal(tiers.choose(null, 999), 'default')
  assert.equal(tiers.choose('flex', 999), 'default')
  assert.equal(tiers.choose('priority', 999), null)
  assert.equal(tiers.flexUnavailable(500, null), true, 'sent before the pause')
  assert.equal(tiers.choose(null, 1000), 'flex')
  tiers.flexUnavailable(1000, null)
  assert.equal(tiers.choose(null, 2999), 'default')
  tiers.flexUnavailable(3000, 9000)
  assert.equal(tiers.choose(null, 11_999), 'default')
  tiers.flexServed()
  tiers.flexUnavailable(12_000, null)
  assert.equal(tiers.choose(null, 12_000), 'flex')
})

test('without the fall to default, flex stays flex', () => {
  const tiers = new Tiers({ tier: 'flex', flexFallback: false })
  assert.equal(tiers.flexUnavailable(0, null), false)
  assert.equal(tiers.choose(null, 0), 'flex')
})
