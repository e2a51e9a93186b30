// Package testserver starts real servers for integration tests, on free
// loopback ports and with a configuration of their own: nginx, Apache httpd,
// the key distribution centre of a Kerberos realm, and the proxies Squid and
// Dante.
//
// A test states what it wants in an [NginxConfig] or an [ApacheConfig], asks the
// returned server for URLs, and judges by its log what came over the wire. The
// server belongs to the test: it is stopped, and its files are gone, when the
// test ends. Apache and the proxies run as nobody where the tests are run by root,
// which Apache refuses to be.
//
// Where a server is not installed the test is skipped, because a developer's
// machine need not have it. With HAUL_TEST_REQUIRE=1 in the environment, as in
// CI, it fails.
package testserver
