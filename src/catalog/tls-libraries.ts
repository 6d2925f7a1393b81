/** Libraries with TLS of their own, by file name: OpenSSL and its forks, GnuTLS, and wheels that carry one inside. */
export const TLS_LIBRARY =
  /\/(?:lib(?:ssl|gnutls|boringssl|conscrypt|node)[^/]*\.so[^/]*|(?:cygrpc|_rust|_ssl|libssl|curl_cffi\/_wrapper)[^/]*\.so)$/;
