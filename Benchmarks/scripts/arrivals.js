// Requests on a schedule, each naming its place in it.
import http from 'k6/http';
import exec from 'k6/execution';
import { summary } from './summary.js';

const base = __ENV.BASE;
const parameters = { tags: { name: 'arrival' } };

export const options = {
  scenarios: {
    arrivals: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: Number(__ENV.USERS),
      maxVUs: Number(__ENV.USERS),
    },
  },
  discardResponseBodies: true,
};

export default function () {
  http.get(`${base}/${exec.scenario.iterationInTest}`, parameters);
}

export const handleSummary = summary;
