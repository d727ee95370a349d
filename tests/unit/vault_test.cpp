#include <gtest/gtest.h>

#include "credential/vault/content.hpp"
#include "credential/vault/hmac.hpp"
#include "credential/vault/keyring.hpp"
#include "credential/vault/record.hpp"
#include "credential/vault/totp.hpp"

extern "C" int crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char*, unsigned long long*, const unsigned char*,
                                                          unsigned long long, const unsigned char*, unsigned long long,
                                                          const unsigned char*, const unsigned char*,
                                                          const unsigned char*);

namespace agentinfra {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string counting(unsigned char first, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; i++) bytes += static_cast<char>(first + i);
  return bytes;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// draft-irtf-cfrg-xchacha-03, A.3.1: that the library we link is what it says.
TEST(Vault, XChaCha20Poly1305VectorOfTheDraft) {
  const std::string plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const std::string aad = from_hex("50515253c0c1c2c3c4c5c6c7"), key = counting(0x80, 32), nonce = counting(0x40, 24);
  std::string sealed(plain.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()), nullptr, bytes_of(plain),
                                             plain.size(), bytes_of(aad), aad.size(), nullptr, bytes_of(nonce),
                                             bytes_of(key));
  EXPECT_EQ(to_hex(sealed),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c"
            "54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da97688"
            "12f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49");
}

struct TestKey {
  explicit TestKey(unsigned char first) : bytes(counting(first, 32)), id(id_of_key(bytes_of(bytes))) {}
  NamedKey named() const { return {id, bytes_of(bytes)}; }
  std::string bytes;
  KeyId id;
};

const Binding kBinding{"store", "credential", "github.com", "me", "https://github.com", 3};

std::string bound() { return associated_data(Purpose::content, kBinding); }

bool opens(const TestKey& key, std::string_view associated, std::string_view record) {
  try {
    open_sealed(key.named(), associated, record);
    return true;
  } catch (const RecordError&) {
    return false;
  }
}

TEST(Vault, RecordOpensAgain) {
  const TestKey key(1);
  for (const size_t size : {0, 1, 63, 64, 65, 65536, 1 << 20}) {
    const std::string plain(size, 'p');
    const std::string record = seal(key.named(), bound(), plain);
    EXPECT_EQ(record.size(), kHeaderBytes + size + kTagBytes);
    EXPECT_EQ(open_sealed(key.named(), bound(), record).view(), plain);
  }
}

TEST(Vault, NoncesAreNew) {
  const TestKey key(1);
  EXPECT_NE(seal(key.named(), bound(), "x"), seal(key.named(), bound(), "x"));
}

TEST(Vault, EveryFlippedBitIsSeen) {
  const TestKey key(1);
  std::string record = seal(key.named(), bound(), "hunter2");
  for (size_t bit = 0; bit < record.size() * 8; bit++) {
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(opens(key, bound(), record)) << "bit " << bit;
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << (bit % 8)));
  }
  EXPECT_TRUE(opens(key, bound(), record));
}

TEST(Vault, EveryOtherLengthIsSeen) {
  const TestKey key(1);
  const std::string record = seal(key.named(), bound(), "hunter2");
  for (size_t size = 0; size < record.size(); size++) EXPECT_FALSE(opens(key, bound(), record.substr(0, size))) << size;
  for (size_t more = 1; more <= 64; more++) EXPECT_FALSE(opens(key, bound(), record + std::string(more, '\0'))) << more;
}

TEST(Vault, WrongKeyIsSeen) {
  const std::string record = seal(TestKey(1).named(), bound(), "hunter2");
  EXPECT_FALSE(opens(TestKey(2), bound(), record));
  const TestKey other(2);  // another key under the id of the right one
  EXPECT_THROW(open_sealed({TestKey(1).id, bytes_of(other.bytes)}, bound(), record), RecordError);
}

TEST(Vault, RecordIsBoundToAllOfItsRow) {
  const TestKey key(1);
  const std::string record = seal(key.named(), bound(), "hunter2");
  const auto opens_as = [&](Purpose purpose, Binding b) { return opens(key, associated_data(purpose, b), record); };
  EXPECT_TRUE(opens_as(Purpose::content, kBinding));
  EXPECT_FALSE(opens_as(Purpose::wrapped_key, kBinding));
  for (auto field : {&Binding::store, &Binding::credential, &Binding::service, &Binding::username, &Binding::url}) {
    Binding other = kBinding;
    other.*field = "other";
    EXPECT_FALSE(opens_as(Purpose::content, other));
  }
  Binding older = kBinding;
  older.version = 2;
  EXPECT_FALSE(opens_as(Purpose::content, older));
  Binding shifted = kBinding;  // the same bytes, cut otherwise
  shifted.service = "github.comm", shifted.username = "e";
  EXPECT_FALSE(opens_as(Purpose::content, shifted));
}

// docs/vault-format.md
TEST(Vault, VectorsOfTheSpecification) {
  const TestKey key(0);
  EXPECT_EQ(to_hex(to_view(key.id)), "ee35ac67b51c5185");
  EXPECT_EQ(to_hex(bound()),
            "180000006167656e74696e6672612063726564656e7469616c20763107000000636f6e74656e740500000073746f72650a00000063"
            "726564656e7469616c0a0000006769746875622e636f6d020000006d651200000068747470733a2f2f6769746875622e636f6d0800"
            "00000300000000000000");
  EXPECT_EQ(
      to_content(open_sealed(key.named(), bound(),
                             from_hex("41490101ee35ac67b51c5185867fd8c09816eb7391922edea346019964954c23d09371e60970da10"
                                      "fa7d5deaadeab38ae8310309401e4e7cca7767cf60669bc32e2f4756d6b84dfe104215153b5c66d4"
                                      "fd029a17e1f19e69372a8346f654f712bc771c62e35dc3169db9931ed13bd800b024f2e8"))
                     .view())
          .secret.view(),
      "hunter2");
}

TEST(Content, ComesBack) {
  Content content{Secret("secret \n\0x"), true, Secret("a note"), Secret("JBSWY3DPEHPK3PXP")};
  const Content back = to_content(to_bytes(content).view());
  EXPECT_EQ(back.secret.view(), content.secret.view());
  EXPECT_EQ(back.note.view(), "a note");
  EXPECT_EQ(back.totp.view(), "JBSWY3DPEHPK3PXP");
  EXPECT_TRUE(back.is_blob);
}

TEST(Content, LengthIsHidden) {
  const auto size_with = [](size_t n) { return to_bytes({Secret(std::string(n, 'x')), false, {}, {}}).size(); };
  EXPECT_EQ(size_with(1), size_with(46));
  EXPECT_EQ(size_with(1) % 64, 0u);
}

TEST(Content, OtherBytesAreRefused) {
  EXPECT_THROW(to_content(""), std::runtime_error);
  EXPECT_THROW(to_content(std::string(64, 'x')), std::runtime_error);
  const Secret good = to_bytes({Secret("s"), false, {}, {}});
  for (size_t at : {0u, 1u, 6u, 10u}) {
    Secret bad = good.copy();
    bad.data()[at] = '\x7f';
    EXPECT_THROW(to_content(bad.view()), std::runtime_error) << at;
  }
}

// ---- keyrings

TEST(Keyring, ComesBackFromItsText) {
  const Keyring ring = Keyring::generate(1700000000000);
  const Keyring again = Keyring::from_text(ring.to_text().view());
  EXPECT_EQ(again.current().id, ring.current().id);
  EXPECT_EQ(again.to_text().view(), ring.to_text().view());
}

TEST(Keyring, RetiredKeysOnlyCheck) {
  const Keyring first = Keyring::generate(1), both = first.with_new_key(2);
  EXPECT_EQ(both.unretired(), 2u);
  EXPECT_NE(both.current().id, first.current().id);
  const Keyring ring = Keyring::from_text(both.with_old_keys_retired().to_text().view());
  const MasterKey* old = ring.find(first.current().id);
  ASSERT_NE(old, nullptr);
  EXPECT_TRUE(old->retired);
  EXPECT_EQ(to_hex({reinterpret_cast<const char*>(old->audit), kKeyBytes}),
            to_hex({reinterpret_cast<const char*>(first.current().audit), kKeyBytes}));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(old->master), kKeyBytes), std::string(kKeyBytes, '\0'));
}

TEST(Keyring, EveryFlippedBitAndEveryOtherLengthIsSeen) {
  const std::string text(Keyring::generate(1).with_new_key(2).with_old_keys_retired().to_text().view());
  for (size_t bit = 0; bit < text.size() * 8; bit++) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THROW(Keyring::from_text(other), std::runtime_error) << "bit " << bit;
  }
  for (size_t size = 0; size < text.size(); size++)
    EXPECT_THROW(Keyring::from_text(text.substr(0, size)), std::runtime_error) << size;
  EXPECT_THROW(Keyring::from_text(text + "\n"), std::runtime_error);
}

std::string why(std::string_view text) {
  try {
    Keyring::from_text(text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Keyring, SaysWhatIsWrong) {
  std::string text(Keyring::generate(1).to_text().view());
  EXPECT_EQ(why(""), "the key file is empty: restore it from where it is kept");
  EXPECT_EQ(why("44 bytes of a Fernet key, as the Python tool has\n"),
            "line 1 of the key file is not 'agentinfra-keyring 1'");
  EXPECT_EQ(why(text.substr(0, 40)),
            "the key file was cut off, its last line is not 'end': restore it from where it is kept");
  std::string crlf;
  for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(why(crlf),
            "the key file has carriage returns: an editor or a transfer changed its line ends; take them out (tr -d "
            "'\\r'), or restore it");
}

constexpr PassphraseCost kCheap{PassphraseCost::kLeastPasses, PassphraseCost::kLeastKib};

TEST(Passphrase, OpensWhatItProtects) {
  const Keyring ring = Keyring::generate(1);
  const Secret file = protect(ring.to_text().view(), "correct horse", kCheap);
  EXPECT_TRUE(is_protected(file.view()));
  EXPECT_FALSE(is_protected(ring.to_text().view()));
  EXPECT_EQ(unprotect(file.view(), "correct horse").view(), ring.to_text().view());
  EXPECT_THROW(unprotect(file.view(), "wrong horse"), std::runtime_error);
}

TEST(Passphrase, CostIsBoundedBothWays) {
  const std::string file(protect(Keyring::generate(1).to_text().view(), "correct horse", kCheap).view());
  const std::string cost = " argon2id 2 19456 ";
  const auto fails_with = [&](const std::string& other) {
    std::string tampered = file;
    tampered.replace(tampered.find(cost), cost.size(), other);
    try {
      unprotect(tampered, "correct horse");
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string allowed = "; allowed are 2 to 16 and 19456 to 1048576";
  EXPECT_EQ(fails_with(" argon2id 1 19456 "), "the key file asks for 1 passes over 19456 KiB" + allowed);
  EXPECT_EQ(fails_with(" argon2id 2 8 "), "the key file asks for 2 passes over 8 KiB" + allowed);
  EXPECT_EQ(fails_with(" argon2id 17 19456 "), "the key file asks for 17 passes over 19456 KiB" + allowed);
  EXPECT_EQ(fails_with(" argon2id 2 4294967296 "), "the key file asks for 2 passes over 4294967296 KiB" + allowed);
  EXPECT_EQ(fails_with(" argon2id -2 19456 "), "line 1 of the key file does not say how the passphrase is used");
  EXPECT_EQ(fails_with(" argon2id 3 19456 "), "the passphrase is wrong, or the key file was altered");
  EXPECT_EQ(fails_with(" argon2id 2 20000 "), "the passphrase is wrong, or the key file was altered");
  EXPECT_THROW(protect("x", "correct horse", {1, 19456}), std::runtime_error);
}

// ---- HMAC and one-time passwords

TEST(Hmac, VectorsOfRfc4231) {
  const std::string long_key(131, '\xaa'), first_key(20, '\x0b');
  EXPECT_EQ(to_hex(hmac(Hash::sha256, first_key, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac(Hash::sha512, first_key, "Hi There")),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb"
            "61f1702e696c203a126854");
  EXPECT_EQ(to_hex(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac(Hash::sha256, long_key, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, Sha1VectorsOfRfc2202) {
  EXPECT_EQ(to_hex(hmac(Hash::sha1, std::string(20, '\x0b'), "Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(to_hex(hmac(Hash::sha1, "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(hmac(Hash::sha1, std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Totp, VectorsOfRfc6238) {
  const std::string digits = "1234567890";
  const std::string key20 = digits + digits, key32 = key20 + digits + "12", key64 = key20 + key20 + key20 + "1234";
  const auto code = [](const std::string& key, Hash hash, int64_t at) {
    return Totp{Secret(key), hash, 8, 30}.code(at);
  };
  const struct {
    int64_t at;
    const char *sha1, *sha256, *sha512;
  } rows[] = {{59, "94287082", "46119246", "90693936"},         {1111111109, "07081804", "68084774", "25091201"},
              {1111111111, "14050471", "67062674", "99943326"}, {1234567890, "89005924", "91819424", "93441116"},
              {2000000000, "69279037", "90698825", "38618901"}, {20000000000, "65353130", "77737706", "47863826"}};
  for (const auto& row : rows) {
    EXPECT_EQ(code(key20, Hash::sha1, row.at), row.sha1);
    EXPECT_EQ(code(key32, Hash::sha256, row.at), row.sha256);
    EXPECT_EQ(code(key64, Hash::sha512, row.at), row.sha512);
  }
}

TEST(Totp, ReadsBase32AndUris) {
  const std::string expected = Totp{Secret("12345678901234567890")}.code(59);
  for (const char* text : {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
                           "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====",
                           "otpauth://totp/A%20B:me?issuer=A%20B&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                           "OTPAUTH://TOTP/x?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq%3D&algorithm=sha-1&period=30"})
    EXPECT_EQ(read_totp(text).code(59), expected) << text;
  const Totp totp = read_totp("otpauth://totp/x?secret=MFRGG&algorithm=SHA512&digits=8&period=60");
  EXPECT_EQ(totp.digits, 8);
  EXPECT_EQ(totp.period_s, 60);
  EXPECT_EQ(totp.hash, Hash::sha512);
  EXPECT_EQ(totp.key.view(), "abc");
}

TEST(Totp, RefusesAndShowsNothing) {
  for (const char* text : {"", "hunter2!", "GEZD1", "otpauth://hotp/x?secret=MFRGG&counter=1", "otpauth://totp/x",
                           "otpauth://totp/x?secret=MFRGG&digits=5", "otpauth://totp/x?secret=MFRGG&period=0",
                           "otpauth://totp/x?secret=MFRGG&algorithm=MD5", "MFRGG=A"}) {
    try {
      read_totp(text);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).find("MFRGG"), std::string::npos);
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace agentinfra
