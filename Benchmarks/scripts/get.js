// A GET request, again and again.
import http from 'k6/http';
import { summary } from './summary.js';

const url = __ENV.URL;

export default function () {
  http.get(url);
}

export const handleSummary = summary;
