// Users who send a GET request and think for a second.
import http from 'k6/http';
import { sleep } from 'k6';
import { summary } from './summary.js';

const url = __ENV.URL;

export default function () {
  http.get(url);
  sleep(1);
}

export const handleSummary = summary;
