// A buyer asks for a coupon, and once more: the first answer is looked at for what a later request would need, the second
// has to be the right refusal.
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { summary } from './summary.js';

const url = `${__ENV.BASE}/api/coupon-policies/1/issue`;
const parameters = { headers: { 'Content-Type': 'application/json' } };
const outcomes = {
  issued: new Counter('issued'),
  already_issued: new Counter('already_issued'),
  sold_out: new Counter('sold_out'),
  unexpected: new Counter('unexpected'),
};

// What a later request would send.
let coupon;
let sequence;

function outcome(response) {
  if (response.status === 201) {
    const body = response.json();
    if (body.policyId !== 1) return 'unexpected';
    coupon = body.couponId;
    sequence = body.sequence;
    return coupon && sequence ? 'issued' : 'unexpected';
  }
  if (response.status === 409) {
    const code = response.json().error.code;
    if (code === 'ALREADY_ISSUED') return 'already_issued';
    if (code === 'COUPON_SOLD_OUT') return 'sold_out';
  }
  return 'unexpected';
}

export default function () {
  const body = JSON.stringify({ userId: `user-${__VU}-${__ITER}` });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    outcomes[outcome(http.post(url, body, parameters))].add(1);
  }
}

export const handleSummary = summary;
