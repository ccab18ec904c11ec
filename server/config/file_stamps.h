// Whether files have changed, without reading them.
#ifndef ZOETROPE_SERVER_CONFIG_FILE_STAMPS_H_
#define ZOETROPE_SERVER_CONFIG_FILE_STAMPS_H_

#include <map>
#include <string>

namespace zoetrope {

// What the file system says of a file, through links: a mounted ConfigMap changes by a link that is put in
// place. Two texts that differ mean that it was replaced, written, made or removed in between.
std::string StampOf(const std::string& file);

// By path.
using FileStamps = std::map<std::string, std::string>;

// The same files as they are now.
FileStamps StampsNow(const FileStamps& files);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_FILE_STAMPS_H_
