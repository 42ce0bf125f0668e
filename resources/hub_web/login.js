// SPDX-License-Identifier: GPL-3.0-or-later
const asked = new URLSearchParams(location.search);
document.querySelector('.wrong').hidden = asked.get('wrong') !== '1';
document.querySelector('input[name=next]').value = (asked.get('next') || '/') + location.hash; // a comparison names its models there
