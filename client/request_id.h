#ifndef ZOETROPE_CLIENT_REQUEST_ID_H_
#define ZOETROPE_CLIENT_REQUEST_ID_H_

#include <string>

#include "client/environment.h"

namespace zoetrope::client {

// A new random UUID of version 4, in lower case: an id for SubmitRequest.request_id. VideoClient makes one up
// where none is given; a program that must survive its own crash makes one itself, and stores it before it
// submits.
std::string MakeRequestId(Environment& environment);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_REQUEST_ID_H_
