import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathTemplate, readEndpoint } from '../../../src/observe/meaning/endpoint.ts';
import { placeOf } from '../../../src/observe/meaning/request-target.ts';
import { runs } from '../../fuzz.ts';
import { play, world, written } from './exchange.ts';

describe('path templates', () => {
  it.each([
    ['/v1/users/42/orders', '/v1/users/{}/orders'],
    ['/api/v2beta1/Items', '/api/v2beta1/Items'],
    ['/repos/octo-org/hello_world/issues', '/repos/octo-org/hello_world/issues'],
    ['/o/7c9e6679-7425-40de-944b-e07fc1f90ae7', '/o/{}'],
    ['/c/deadbeefcafe/files/report.pdf', '/c/{}/files/report.pdf'],
    ['/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage', '/{}/sendMessage'],
    ['/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', '/services/{}/{}/{}'],
    ['/reset/hJkWqPzRtYbNmXcV', '/reset/{}'],
    ['/mail/alice@example.com', '/mail/{}'],
    ['/2026-11-21/x', '/{}/x'],
    ['/a/b/c/d/e/f/g/h/i', '/a/b/c/d/e/f/g/h/…'],
    ['/v1/users/alice', '/v1/users/{}'],
    ['/Customers/Acme-Corp/orders/latest-one', '/Customers/{}/orders/{}'],
    ['/accounts/jane.doe/settings', '/accounts/{}/settings'],
    ['/users/me/orders/search', '/users/me/orders/search'],
    ['/users/', '/users/'],
    ['/models/gpt-large', '/models/gpt-large'],
    ['/', '/'],
  ])('%s', (path, template) => {
    expect(pathTemplate(placeOf({ authority: 'x', target: path }).segments)).toBe(template);
  });

  it('keep no query, no user info, no encoded slash', () => {
    const place = placeOf({ authority: 'u:secret@Example.com:443', target: '/a%2Fb/c?key=secret#secret' });
    expect(place).toMatchObject({ authority: 'example.com', path: '/a/b/c' });
    expect(pathTemplate(place.segments)).toBe('/{}/c');
    expect(placeOf({ authority: 'proxy', target: 'http://api.example:8080/x' }).authority).toBe(
      'api.example:8080',
    );
    expect(placeOf({ authority: 'a b\n', target: '*' }).authority).toBe('unknown-host');
  });

  it('of anything are bounded and free of digits runs', () => {
    fc.assert(
      fc.property(fc.webPath({ size: 'large' }), (path) => {
        const template = pathTemplate(placeOf({ authority: 'x', target: path }).segments);
        expect(template.length).toBeLessThan(500);
        expect(template).not.toMatch(/\d{4}/);
      }),
      runs(200),
    );
  });
});

describe('the last resort', () => {
  it.each([
    [
      { request: { method: 'GET', target: '/health' }, response: { status: 204 } },
      'GET gateway.internal:8080/health',
      '2xx',
    ],
    [
      { request: { method: 'CONNECT', authority: 'api.example:443', target: 'api.example:443' } },
      'CONNECT api.example',
      'no response',
    ],
  ])('says what went where', (played, subject, context) => {
    const into = world();
    expect(play(readEndpoint(into), played)).toBe(true);
    expect(into.said).toMatchObject([{ kind: 'http-endpoint', subject, context }]);
  });

  it('keeps refusals apart', () => {
    const into = world();
    for (const status of [200, 403, 500])
      play(readEndpoint(into), { request: { target: '/x' }, response: { status } });
    expect(written(into.said)).toEqual([
      { kind: 'http-endpoint', subject: 'POST gateway.internal:8080/x', context: '2xx' },
      {
        kind: 'http-endpoint',
        subject: 'POST gateway.internal:8080/x',
        context: '4xx',
        error: true,
        denied: true,
      },
      { kind: 'http-endpoint', subject: 'POST gateway.internal:8080/x', context: '5xx', error: true },
    ]);
  });
});
